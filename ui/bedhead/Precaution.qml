import QtQuick
import "../beds"
import "../components"
import "../theme"

// One of the six fixed places at the bedhead: mark and words. An absent one keeps its place empty.
Item {
    id: slot

    required property string key
    required property string mark
    required property string status
    required property string word
    readonly property bool present: slot.status === "present"
    readonly property bool unknown: slot.status === "not_assessed"
    // A Han character fills its square, a capital letter 0.714 of its height: both are 11.6 mm.
    readonly property real markSize: Theme.farSize * (slot.mark.charCodeAt(0) > 0x2e80 ? 0.8 : 1)
    readonly property real pad: Math.round(1.75 * Theme.grid)

    objectName: "slot-" + slot.key

    Rectangle {
        anchors.fill: parent
        border.color: Theme.ink
        border.width: Theme.edge
        color: Theme.surface
        radius: 2 * Theme.grid
        visible: slot.present
    }
    Loader {
        active: slot.unknown
        anchors.fill: parent

        sourceComponent: DashedFrame {
            edge: Theme.edge
            radius: 2 * Theme.grid
        }
    }
    Label {
        id: letter

        anchors.left: parent.left
        anchors.leftMargin: slot.pad
        color: slot.present ? Theme.ink : Theme.muted
        font.pixelSize: slot.markSize
        font.weight: slot.present ? Theme.bold : Theme.regular
        height: parent.height
        horizontalAlignment: Text.AlignHCenter
        objectName: slot.objectName + "-mark"
        text: slot.mark
        visible: slot.present || slot.unknown
        width: Math.round(0.84 * Theme.farSize)
    }
    FitLabel {
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.edge
        anchors.left: letter.right
        anchors.leftMargin: Theme.grid
        anchors.right: parent.right
        anchors.rightMargin: slot.pad
        anchors.top: parent.top
        anchors.topMargin: Theme.edge
        color: slot.present ? Theme.ink : Theme.muted
        font.weight: slot.present ? Theme.bold : Theme.regular
        lineHeight: 0.95
        objectName: slot.objectName + "-word"
        size: Theme.sizeBody
        smallest: 0.55 * Theme.sizeBody
        text: slot.word
        visible: letter.visible
    }
}
