import QtQuick
import "../components"
import "../theme"

// What one screen found of itself: what is at fault, then what nobody tested, and which parts are well.
Rectangle {
    id: line

    required property string key
    required property string title
    required property string result
    required property bool fault
    required property bool running
    required property string faults
    required property string untested
    required property string well
    required property string verb

    signal putAway(string id)

    border.color: line.fault ? Theme.ink : Theme.line
    border.width: line.fault ? Theme.edge : Theme.hairline
    color: Theme.surface
    height: words.height + 2 * Theme.grid
    objectName: "check-" + line.key
    radius: Theme.radius

    Icon {
        id: mark

        color: line.fault ? Theme.ink : Theme.muted
        name: line.running ? "timer-sand" : line.fault ? "alert-circle-outline" : "clipboard-check-outline"
        size: Theme.sizeTitle
        x: 1.5 * Theme.grid
        y: Theme.grid
    }
    Column {
        id: words

        anchors.left: mark.right
        anchors.leftMargin: 1.5 * Theme.grid
        anchors.right: parent.right
        anchors.rightMargin: Theme.grid
        spacing: Theme.grid / 2
        y: Theme.grid

        Item {
            height: Math.max(head.height, away.visible ? away.height : 0)
            width: parent.width

            Column {
                id: head

                anchors.left: parent.left
                anchors.right: away.visible ? away.left : parent.right
                anchors.rightMargin: Theme.grid

                Label {
                    font.pixelSize: Theme.sizeLabel
                    font.weight: Theme.bold
                    text: line.title
                    width: parent.width
                    wrapMode: Text.Wrap
                }
                Label {
                    font.pixelSize: Theme.sizeLabel
                    font.weight: line.fault ? Theme.bold : Theme.regular
                    objectName: "checkResult"
                    tabular: true
                    text: line.result
                    width: parent.width
                    wrapMode: Text.Wrap
                }
            }
            TouchButton {
                id: away

                anchors.right: parent.right
                height: Theme.touchStaff
                kind: "quiet"
                objectName: "putAway-" + line.key
                text: line.verb
                visible: text !== ""

                onActivated: line.putAway(line.key)
            }
        }
        Label {
            font.pixelSize: Theme.sizeLabel
            font.weight: Theme.semibold
            objectName: "checkFaults"
            tabular: true
            text: line.faults
            visible: text !== ""
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            font.pixelSize: Theme.sizeSmall
            objectName: "checkUntested"
            tabular: true
            text: line.untested
            visible: text !== ""
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Theme.muted
            font.pixelSize: Theme.sizeSmall
            objectName: "checkWell"
            text: line.well
            visible: text !== ""
            width: parent.width
            wrapMode: Text.Wrap
        }
    }
}
