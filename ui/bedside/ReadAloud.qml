import QtQuick
import "../components"
import "../theme"

// Reads a card aloud; drawn only while the sound side can. Its picture stands in the card's corner,
// what takes the touch is as large as a finger needs.
Item {
    id: speak

    property string label
    readonly property real textWidth: word.implicitWidth + mark.width + Theme.grid

    signal touched

    Accessible.name: speak.label
    Accessible.role: Accessible.Button
    activeFocusOnTab: true
    implicitHeight: Theme.touchPatient
    implicitWidth: Math.max(Theme.touchPatient, speak.textWidth + 3 * Theme.grid)

    Accessible.onPressAction: speak.touched()
    Keys.onEnterPressed: speak.touched()
    Keys.onReturnPressed: speak.touched()
    Keys.onSpacePressed: speak.touched()

    Rectangle {
        anchors.right: parent.right
        anchors.top: parent.top
        border.color: speak.activeFocus ? Theme.ink : "transparent"
        border.width: Theme.edge
        color: tap.pressed ? Theme.sunken : Theme.surface
        height: Math.max(mark.height, word.implicitHeight) + Math.round(0.5 * Theme.grid)
        radius: Theme.radiusSmall
        width: speak.textWidth + 2 * Theme.grid

        Row {
            anchors.centerIn: parent
            spacing: Theme.grid

            Label {
                id: word

                anchors.verticalCenter: parent.verticalCenter
                color: Theme.muted
                font.pixelSize: Theme.sizeSmall
                text: speak.label
            }
            Icon {
                id: mark

                anchors.verticalCenter: parent.verticalCenter
                color: Theme.brand
                name: "volume-high"
                size: Math.round(Theme.sizeBody * 1.2)
            }
        }
    }
    Touch {
        id: tap

        onTapped: speak.touched()
    }
}
