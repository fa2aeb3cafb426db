import QtQuick
import "../theme"

// One of the six fixed places, small, that was not assessed: dashes around its letter. They are a
// glyph of the icon font: hundreds of them cost no path drawing.
Text {
    id: slot

    required property string letter
    required property string dashes
    // Side of the place; the dashes begin `inset` before it.
    required property real size
    required property real inset

    color: Theme.dashed
    font.family: Theme.iconFamily
    font.pixelSize: Math.round(1.2 * slot.size)
    height: font.pixelSize
    horizontalAlignment: Text.AlignHCenter
    text: slot.dashes
    textFormat: Text.PlainText
    verticalAlignment: Text.AlignVCenter
    width: font.pixelSize
    y: slot.inset

    Text {
        color: Theme.muted
        font.pixelSize: Math.round(0.7 * slot.size)
        height: slot.size
        horizontalAlignment: Text.AlignHCenter
        text: slot.letter
        textFormat: Text.PlainText
        verticalAlignment: Text.AlignVCenter
        width: slot.size
        x: -slot.inset
        y: -slot.inset
    }
}
