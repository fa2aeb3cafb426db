import QtQuick
import "../components"
import "../theme"

// Where the call would be, on a screen that does not know its bed: it says what works instead.
Rectangle {
    id: card

    property string text

    border.color: Theme.ink
    border.width: Theme.edge
    color: Theme.surface
    radius: Math.round(1.25 * Theme.radius)

    Row {
        anchors.centerIn: parent
        spacing: 2 * Theme.grid

        Icon {
            id: mark

            anchors.verticalCenter: parent.verticalCenter
            name: "phone-classic"
            size: Theme.sizeDisplay
        }
        Label {
            anchors.verticalCenter: parent.verticalCenter
            font.pixelSize: Theme.sizeLabel
            font.weight: Theme.bold
            objectName: "noCall"
            text: card.text
            width: Math.min(implicitWidth, card.width - mark.width - 6 * Theme.grid)
            wrapMode: Text.Wrap
        }
    }
}
