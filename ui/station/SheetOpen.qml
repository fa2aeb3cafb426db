pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// What is open at this bed, with why, what to do, cause and rule. An alert has its verbs here too;
// those of calls are in the queue.
Column {
    id: part

    required property SheetModel sheet
    required property SheetDeeds deeds
    // What the button says that opens the key pad for observations.
    property string observeVerb
    readonly property var shapes: ({
            "escalated": "chevron-double-up",
            "latched": "pin-outline",
            "returned": "clock-alert-outline"
        })

    signal observeTouched
    signal goTouched(key: string)
    signal doneTouched(key: string)
    signal laterTouched(key: string)

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
            required property string goVerb
            required property string doneVerb
            required property string laterVerb
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
            // What nobody answered has a second bar, as in the queue.
            Rectangle {
                color: Theme.priorityColor(item.priority)
                height: parent.height
                visible: item.mark === "escalated"
                width: Theme.length(5)
                x: Theme.grid + Theme.length(4)
            }
            Icon {
                id: mark

                name: item.icon
                size: Theme.sizeHeading
                x: 2.75 * Theme.grid
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
                Item {
                    height: told.implicitHeight
                    visible: item.told !== ""
                    width: parent.width

                    Icon {
                        id: shape

                        color: Theme.ink
                        name: part.shapes[item.mark] ?? "clock-outline"
                        objectName: "sheetMark-" + item.key
                        size: Theme.sizeLabel
                        visible: item.mark !== ""
                        y: Theme.length(3)
                    }
                    Label {
                        id: told

                        color: item.mark === "" ? Theme.muted : Theme.ink
                        font.pixelSize: Theme.sizeLabel
                        font.weight: item.mark === "" ? Theme.regular : Theme.semibold
                        objectName: "told-" + item.key
                        tabular: true
                        text: item.told
                        width: parent.width - x
                        wrapMode: Text.Wrap
                        x: shape.visible ? shape.width + Theme.length(6) : 0
                    }
                }
                Item {
                    height: answers.height + Theme.grid
                    visible: answers.implicitWidth > 0
                    width: parent.width

                    Row {
                        id: answers

                        anchors.bottom: parent.bottom
                        spacing: Theme.gap

                        TouchButton {
                            kind: "primary"
                            objectName: "sheetGo-" + item.key
                            text: item.goVerb
                            visible: text !== ""

                            onActivated: part.goTouched(item.key)
                        }
                        TouchButton {
                            objectName: "sheetDone-" + item.key
                            text: item.doneVerb
                            visible: text !== ""

                            onActivated: part.doneTouched(item.key)
                        }
                        TouchButton {
                            objectName: "sheetLater-" + item.key
                            text: item.laterVerb
                            visible: text !== ""

                            onActivated: part.laterTouched(item.key)
                        }
                    }
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
