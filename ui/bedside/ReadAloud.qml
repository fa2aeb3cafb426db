import QtQuick
import "../components"
import "../theme"

// Reads a card aloud; drawn only while the sound side can.
Item {
    id: speak

    property string label

    signal touched

    Accessible.name: speak.label
    Accessible.role: Accessible.Button
    activeFocusOnTab: true
    height: visible ? Theme.touchPatient : 0
    width: visible ? Theme.touchPatient : 0

    Accessible.onPressAction: speak.touched()
    Keys.onReturnPressed: speak.touched()
    Keys.onSpacePressed: speak.touched()

    Rectangle {
        anchors.centerIn: parent
        border.color: speak.activeFocus ? Theme.ink : "transparent"
        border.width: Theme.edge
        color: tap.pressed ? Theme.sunken : Theme.surface
        height: column.implicitHeight + Theme.grid
        radius: Theme.radiusSmall
        width: parent.width

        Column {
            id: column

            anchors.centerIn: parent

            Icon {
                anchors.horizontalCenter: parent.horizontalCenter
                color: Theme.brand
                name: "volume-high"
                size: Math.round(Theme.sizeBody * 1.3)
            }
            Label {
                anchors.horizontalCenter: parent.horizontalCenter
                color: Theme.muted
                font.pixelSize: Theme.sizeSmall
                horizontalAlignment: Text.AlignHCenter
                text: speak.label
                width: Math.min(implicitWidth, speak.width)
                wrapMode: Text.Wrap
            }
        }
    }
    TapHandler {
        id: tap

        gesturePolicy: TapHandler.ReleaseWithinBounds
        onTapped: speak.touched()
    }
}
