import QtQuick
import "../components"
import "../theme"

// One bed that did not pass: its number, where it is, and why.
Rectangle {
    id: line

    required property string number
    required property string detail
    required property bool failed
    required property string text
    required property string spoken

    Accessible.name: line.spoken
    Accessible.role: Accessible.ListItem
    border.color: line.failed ? Theme.ink : Theme.line
    border.width: line.failed ? Theme.edge : Theme.hairline
    color: Theme.surface
    implicitHeight: Math.max(words.height + 1.5 * Theme.grid, Theme.touchStaff)
    radius: Theme.radius

    Icon {
        id: mark

        anchors.verticalCenter: parent.verticalCenter
        color: line.failed ? Theme.ink : Theme.muted
        name: line.failed ? "alert-circle-outline" : "minus-circle-outline"
        size: Theme.sizeBody
        x: 1.5 * Theme.grid
    }
    Label {
        id: number

        anchors.left: mark.right
        anchors.leftMargin: Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        font.pixelSize: Theme.sizeBody
        font.weight: Theme.bold
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: Math.round(0.6 * Theme.sizeBody)
        tabular: true
        text: line.number
        width: Theme.length(76)
    }
    Column {
        id: words

        anchors.left: number.right
        anchors.leftMargin: Theme.grid
        anchors.right: parent.right
        anchors.rightMargin: 1.5 * Theme.grid
        anchors.verticalCenter: parent.verticalCenter

        Label {
            font.pixelSize: Theme.sizeLabel
            font.weight: line.failed ? Theme.semibold : Theme.regular
            text: line.text
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Theme.muted
            elide: Text.ElideRight
            font.pixelSize: Theme.sizeSmall
            text: line.detail
            width: parent.width
        }
    }
}
