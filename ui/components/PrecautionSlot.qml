pragma ComponentBehavior: Bound

import QtQuick
import "../theme"

// One of the six fixed places. `status` is "present", "absent" or "not_assessed": filled outline,
// empty place, dashed grey. It keeps its size in every state, so that places never move.
Item {
    id: slot

    property string status
    // The slot's one character ("敏", or a letter in a Latin language).
    property string mark
    // The word beside it; empty for the compact form.
    property string word
    property real markSize: Theme.sizeMark
    property real wordSize: Theme.sizeBody
    property real edge: Theme.edge
    property real radius: Theme.radiusSmall
    readonly property bool present: slot.status === "present"
    readonly property bool unknown: slot.status === "not_assessed"
    readonly property real padding: Math.round(slot.markSize * 0.2)

    implicitHeight: Math.round(slot.markSize * 1.5)
    implicitWidth: slot.word === "" ? slot.implicitHeight : markLabel.width + wordLabel.implicitWidth + 5 * slot.padding

    Rectangle {
        anchors.fill: parent
        border.color: Theme.ink
        border.width: slot.edge
        color: Theme.surface
        radius: slot.radius
        visible: slot.present
    }
    Loader {
        active: slot.unknown
        anchors.fill: parent

        sourceComponent: DashedFrame {
            edge: slot.edge
            radius: slot.radius
        }
    }
    Label {
        id: markLabel

        anchors.left: parent.left
        anchors.leftMargin: slot.word === "" ? 0 : slot.padding
        anchors.verticalCenter: parent.verticalCenter
        color: slot.present ? Theme.ink : Theme.muted
        font.pixelSize: slot.markSize
        font.weight: slot.present ? Theme.bold : Theme.regular
        horizontalAlignment: Text.AlignHCenter
        text: slot.mark
        visible: slot.present || slot.unknown
        width: slot.word === "" ? slot.width : Math.round(slot.markSize * 1.3)
    }
    Label {
        id: wordLabel

        anchors.left: markLabel.right
        anchors.leftMargin: slot.padding
        anchors.right: parent.right
        anchors.rightMargin: slot.padding
        anchors.verticalCenter: parent.verticalCenter
        color: slot.present ? Theme.ink : Theme.muted
        elide: Text.ElideRight
        font.pixelSize: slot.wordSize
        font.weight: slot.present ? Theme.bold : Theme.regular
        maximumLineCount: 2
        text: slot.word
        visible: markLabel.visible && slot.word !== ""
        wrapMode: Text.Wrap
    }
}
