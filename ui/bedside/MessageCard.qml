import QtQuick
import "../beds"
import "../components"
import "../theme"

// What stands in place of the day: a free bed, or "please check".
Card {
    id: card

    property string text
    property string detail
    property string iconName

    ScrollArea {
        id: area

        anchors.fill: parent
        anchors.margins: 2 * Theme.grid
        contentHeight: column.implicitHeight

        Column {
            id: column

            spacing: 2 * Theme.grid
            width: area.width
            y: Math.max(0, (area.height - column.implicitHeight) / 2)

            Icon {
                anchors.horizontalCenter: parent.horizontalCenter
                color: Theme.muted
                name: card.iconName
                size: Theme.sizeNumber
                visible: Theme.textScale < 1.2
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
}
