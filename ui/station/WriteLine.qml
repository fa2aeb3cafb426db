import QtQuick
import "../components"
import "../theme"

// One thing that the hospital system would not have: what, by whom, why, and a way to settle it.
Item {
    id: line

    required property string key
    required property string title
    required property string who
    required property string reason
    property string verb

    signal settleTouched(id: string)

    height: Math.max(words.height, settle.height) + Theme.grid
    objectName: "write-" + line.key

    Column {
        id: words

        anchors.left: parent.left
        anchors.right: settle.visible ? settle.left : parent.right
        anchors.rightMargin: 2 * Theme.grid
        anchors.verticalCenter: parent.verticalCenter

        Label {
            elide: Text.ElideRight
            font.pixelSize: Theme.sizeLabel
            font.weight: Theme.bold
            tabular: true
            text: line.who === "" ? line.title : line.title + " · " + line.who
            width: parent.width
        }
        Label {
            elide: Text.ElideRight
            font.pixelSize: Theme.sizeLabel
            maximumLineCount: 2
            text: line.reason
            visible: text !== ""
            width: parent.width
            wrapMode: Text.Wrap
        }
    }
    TouchButton {
        id: settle

        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter
        objectName: "settle-" + line.key
        text: line.verb
        // With the near tier hidden there is nothing to judge by.
        visible: line.reason !== ""

        onActivated: line.settleTouched(line.key)
    }
}
