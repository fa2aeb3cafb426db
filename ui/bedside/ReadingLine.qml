import QtQuick
import "../components"
import "../theme"

// One reading with its time; a stale one is struck to dashes and keeps its time.
Item {
    id: line

    required property string key
    required property string icon
    required property string label
    required property string value
    required property string taken
    required property bool stale
    property real inset: 0

    implicitHeight: Math.max(words.implicitHeight, figures.implicitHeight) + Math.round(1.5 * Theme.grid)
    objectName: "reading-" + line.key

    Icon {
        id: mark

        anchors.left: parent.left
        anchors.leftMargin: line.inset
        anchors.verticalCenter: parent.verticalCenter
        color: Theme.brand
        name: line.icon
        size: Math.round(Theme.sizeBody * 1.2)
    }
    Label {
        id: words

        anchors.left: mark.right
        anchors.leftMargin: 2 * Theme.grid
        anchors.right: figures.left
        anchors.rightMargin: Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        font.pixelSize: Theme.sizeLabel
        text: line.label
        wrapMode: Text.Wrap
    }
    Column {
        id: figures

        anchors.right: parent.right
        anchors.rightMargin: line.inset
        anchors.verticalCenter: parent.verticalCenter

        Label {
            anchors.right: parent.right
            color: line.stale ? Theme.muted : Theme.ink
            font.weight: Theme.bold
            tabular: true
            text: line.value
        }
        Label {
            anchors.right: parent.right
            color: Theme.muted
            font.pixelSize: Theme.sizeSmall
            tabular: true
            text: line.taken
        }
    }
}
