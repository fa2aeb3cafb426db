import QtQuick
import "../components"
import "../theme"

// One sentence with its picture.
Item {
    id: line

    required property string key
    required property string icon
    required property string lead
    required property string text
    property real size: Theme.sizeBody
    readonly property real natural: measure.implicitWidth

    implicitHeight: Math.max(mark.height, words.implicitHeight)

    Icon {
        id: mark

        name: line.icon
        size: Math.round(1.4 * line.size)
    }
    Label {
        id: words

        anchors.left: mark.right
        anchors.leftMargin: 4 * Theme.grid
        anchors.right: parent.right
        font.pixelSize: line.size
        font.weight: line.lead === "" ? Theme.regular : Theme.semibold
        objectName: "sentence-" + line.key
        tabular: true
        text: line.lead === "" ? line.text : line.lead + " " + line.text
        wrapMode: Text.Wrap
        y: Math.max(0, (mark.height - implicitHeight) / 2)
    }
    Label {
        id: measure

        font.pixelSize: Theme.sizeBody
        font.weight: words.font.weight
        text: words.text
        visible: false
    }
}
