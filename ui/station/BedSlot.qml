import QtQuick
import "../components"
import "../theme"

// One of the six fixed places, small: outline present, dashes not assessed, nothing absent. The
// dashed outline is a glyph of the icon font: hundreds of them cost no path drawing.
Item {
    id: slot

    property string letter
    // p present, n not assessed, a absent.
    property string status
    property real size: Theme.sizeMark

    height: slot.size
    width: slot.size

    Rectangle {
        anchors.fill: parent
        border.color: Theme.ink
        border.width: Math.max(1, Math.round(slot.size / 12))
        color: "transparent"
        radius: slot.size / 4
        visible: slot.status === "p"
    }
    Icon {
        anchors.centerIn: parent
        color: Theme.dashed
        name: slot.status === "n" ? "selection" : ""
        size: Math.round(1.2 * slot.size)
        visible: slot.status === "n"
    }
    Label {
        anchors.fill: parent
        color: slot.status === "p" ? Theme.ink : Theme.muted
        font.pixelSize: Math.round(0.7 * slot.size)
        font.weight: slot.status === "p" ? Theme.bold : Theme.regular
        horizontalAlignment: Text.AlignHCenter
        text: slot.letter
        visible: slot.status !== "a"
    }
}
