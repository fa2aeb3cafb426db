pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// What is open at this bed, with why, what to do, cause and rule. The verbs are in the queue.
Column {
    id: part

    required property SheetModel sheet
    required property SheetDeeds deeds
    // What the button says that opens the key pad for observations.
    property string observeVerb

    signal observeTouched

    spacing: Theme.gap

    SheetTitle {
        text: qsTr("Open now")
    }
    Label {
        color: Theme.muted
        font.pixelSize: Theme.sizeLabel
        objectName: "nothingOpen"
        text: part.sheet.noOpen
        visible: text !== ""
    }
    Repeater {
        model: part.sheet.openItems

        delegate: Rectangle {
            id: item

            required property string key
            required property string icon
            required property string title
            required property string time
            required property string priority
            required property string why
            required property string todo
            required property string cause
            required property bool lower
            required property string told
            required property string mark
            required property string more
            required property bool expanded
            required property bool part
            required property bool observe
            readonly property bool hollow: item.mark === "latched" || item.mark === "snoozed"

            color: item.hollow ? Theme.sunken : Theme.prioritySoft(item.priority)
            height: words.height + 1.5 * Theme.grid
            objectName: "open-item-" + item.key
            radius: Theme.radius
            // A part of a card stands in from its headline.
            width: part.width - x
            x: item.part ? 4 * Theme.grid : 0

            Rectangle {
                border.color: Theme.priorityColor(item.priority)
                border.width: Math.max(2, Theme.edge / 2)
                bottomLeftRadius: Theme.radius
                color: item.hollow ? "transparent" : Theme.priorityColor(item.priority)
                height: parent.height
                topLeftRadius: Theme.radius
                width: Theme.grid
            }
            Icon {
                id: mark

                name: item.icon
                size: Theme.sizeHeading
                x: 2.25 * Theme.grid
                y: Theme.grid
            }
            Column {
                id: words

                anchors.left: mark.right
                anchors.leftMargin: 1.5 * Theme.grid
                anchors.right: parent.right
                anchors.rightMargin: 2 * Theme.grid
                y: 0.75 * Theme.grid

                Item {
                    height: title.implicitHeight
                    width: parent.width

                    Label {
                        id: title

                        elide: Text.ElideRight
                        font.weight: Theme.bold
                        text: item.title
                        width: parent.width - time.width - Theme.grid
                    }
                    Label {
                        id: time

                        anchors.right: parent.right
                        font.pixelSize: Theme.sizeLabel
                        font.weight: Theme.bold
                        height: title.implicitHeight
                        tabular: true
                        text: item.time
                    }
                }
                Label {
                    font.pixelSize: Theme.sizeLabel
                    text: item.why
                    width: parent.width
                    wrapMode: Text.Wrap
                }
                Label {
                    font.pixelSize: Theme.sizeLabel
                    font.weight: Theme.semibold
                    text: item.todo
                    width: parent.width
                    wrapMode: Text.Wrap
                }
                Label {
                    font.pixelSize: Theme.sizeSmall
                    opacity: 0.8
                    tabular: true
                    text: item.cause
                    visible: text !== ""
                    width: parent.width
                    wrapMode: Text.Wrap
                }
                Label {
                    color: Theme.muted
                    font.pixelSize: Theme.sizeLabel
                    objectName: "told-" + item.key
                    tabular: true
                    text: item.told
                    visible: text !== ""
                    width: parent.width
                    wrapMode: Text.Wrap
                }
                Item {
                    height: observeButton.height + Theme.grid
                    visible: item.observe && part.observeVerb !== ""
                    width: parent.width

                    TouchButton {
                        id: observeButton

                        anchors.bottom: parent.bottom
                        iconName: "clipboard-pulse"
                        objectName: "observe-" + item.key
                        text: part.observeVerb
                        width: Math.min(implicitWidth, parent.width)

                        onActivated: part.observeTouched()
                    }
                }
                Item {
                    height: moreButton.height + Theme.grid
                    visible: item.more !== ""
                    width: parent.width

                    TouchButton {
                        id: moreButton

                        anchors.bottom: parent.bottom
                        iconName: item.expanded ? "chevron-up" : "chevron-down"
                        kind: "quiet"
                        objectName: "more-" + item.key
                        text: item.more

                        onActivated: part.deeds.turnCard(item.key)
                    }
                }
                Item {
                    height: lowerButton.height + Theme.grid
                    visible: item.lower
                    width: parent.width

                    TouchButton {
                        id: lowerButton

                        anchors.bottom: parent.bottom
                        iconName: "arrow-down-bold-outline"
                        objectName: "lower-" + item.key
                        text: qsTr("Lower the priority")

                        onActivated: part.deeds.lower(item.key)
                    }
                }
            }
        }
    }
}
