import QtQuick
import "../components"
import "../theme"

// What stands in place of the day: a free bed, or "please check".
Card {
    id: card

    property string text
    property string detail

    Column {
        anchors.left: parent.left
        anchors.margins: 4 * Theme.grid
        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter
        spacing: 2 * Theme.grid

        Icon {
            anchors.horizontalCenter: parent.horizontalCenter
            color: Theme.muted
            name: "bed-empty"
            size: Theme.sizeNumber
        }
        Label {
            font.pixelSize: Theme.sizeHeading
            font.weight: Theme.bold
            horizontalAlignment: Text.AlignHCenter
            objectName: "message"
            text: card.text
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Theme.muted
            font.pixelSize: Theme.sizeLabel
            horizontalAlignment: Text.AlignHCenter
            objectName: "messageDetail"
            text: card.detail
            width: parent.width
            wrapMode: Text.Wrap
        }
    }
}
