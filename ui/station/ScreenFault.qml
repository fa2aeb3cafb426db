pragma ComponentBehavior: Bound

import QtQuick
import "../components"
import "../theme"

// One cause of screens that are not well: what, how far it goes, which, since when.
Rectangle {
    id: line

    required property string key
    required property string icon
    required property string title
    required property string detail
    required property bool calm

    border.color: line.calm ? Theme.line : Theme.ink
    border.width: line.calm ? Theme.hairline : Theme.edge
    color: Theme.surface
    height: words.height + 2 * Theme.grid
    objectName: "fault-" + line.key
    radius: Theme.radius

    Icon {
        id: mark

        anchors.verticalCenter: parent.verticalCenter
        color: line.calm ? Theme.muted : Theme.ink
        name: line.icon
        size: Theme.sizeTitle
        x: 1.5 * Theme.grid
    }
    Column {
        id: words

        anchors.left: mark.right
        anchors.leftMargin: 1.5 * Theme.grid
        anchors.right: parent.right
        anchors.rightMargin: Theme.grid
        anchors.verticalCenter: parent.verticalCenter

        Label {
            font.pixelSize: Theme.sizeLabel
            font.weight: line.calm ? Theme.regular : Theme.bold
            tabular: true
            text: line.title
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Theme.muted
            font.pixelSize: Theme.sizeSmall
            tabular: true
            text: line.detail
            visible: text !== ""
            width: parent.width
            wrapMode: Text.Wrap
        }
    }
}
