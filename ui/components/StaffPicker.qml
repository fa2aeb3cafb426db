pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../theme"

// Asks once per shift who acts. "Not now" acts as the ward, told as "the nurse station".
FocusScope {
    id: picker

    required property ScreenModel base

    focus: true

    Keys.onEscapePressed: picker.base.closePicker()

    // What lies behind does not take touches meant for the picker.
    Rectangle {
        anchors.fill: parent
        color: Qt.alpha(Theme.paper, 0.85)

        MouseArea {
            anchors.fill: parent

            onClicked: picker.base.closePicker()
        }
    }
    Card {
        anchors.centerIn: parent
        height: Math.min(parent.height - 2 * Theme.margin, column.implicitHeight + 2 * Theme.margin)
        width: Math.min(parent.width - 2 * Theme.margin, Theme.length(900))

        MouseArea {
            anchors.fill: parent
        }
        Column {
            id: column

            anchors.left: parent.left
            anchors.leftMargin: Theme.margin
            anchors.right: parent.right
            anchors.rightMargin: Theme.margin
            anchors.top: parent.top
            anchors.topMargin: Theme.margin
            spacing: 2 * Theme.grid

            Label {
                font.pixelSize: Theme.sizeHeading
                font.weight: Theme.bold
                text: qsTr("Who are you?")
                width: parent.width
                wrapMode: Text.Wrap
            }
            Label {
                color: Theme.muted
                font.pixelSize: Theme.sizeLabel
                text: qsTr("Touch your name. It is kept on this screen until the shift ends.")
                width: parent.width
                wrapMode: Text.Wrap
            }
            GridView {
                id: names

                readonly property int perRow: Math.max(1, Math.floor(width / (Theme.length(260))))

                cellHeight: Theme.touchStaff + 2 * Theme.grid
                cellWidth: Math.floor(width / perRow)
                clip: true
                height: Math.min(picker.height - Theme.length(360), Math.ceil(count / perRow) * cellHeight)
                model: picker.base.staff
                width: parent.width

                delegate: Item {
                    id: cell

                    required property string key
                    required property string name
                    required property string roleText

                    height: names.cellHeight
                    width: names.cellWidth

                    TouchButton {
                        anchors.fill: parent
                        anchors.margins: Theme.grid / 2
                        minimum: Theme.touchStaff
                        objectName: "staff-" + cell.key
                        text: cell.name + " · " + cell.roleText

                        onActivated: picker.base.chooseStaff(cell.key)
                    }
                }
            }
            Row {
                spacing: Theme.gap

                TouchButton {
                    kind: "quiet"
                    minimum: Theme.touchStaff
                    objectName: "staffNobody"
                    text: qsTr("Act as the nurse station")

                    onActivated: picker.base.chooseStaff("")
                }
                TouchButton {
                    kind: "quiet"
                    minimum: Theme.touchStaff
                    objectName: "staffCancel"
                    text: qsTr("Cancel")

                    onActivated: picker.base.closePicker()
                }
            }
        }
    }
}
