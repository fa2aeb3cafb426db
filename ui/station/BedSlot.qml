import QtQuick
import "../theme"

// One of the six fixed places, small, with a precaution that is present: outlined. One that is not
// assessed is a BedSlotOpen, one that is absent nothing. There are hundreds on a board: no more items
// and bindings than must be.
Rectangle {
    id: slot

    required property string letter
    required property real size

    border.color: Theme.ink
    border.width: Math.max(1, Math.round(slot.size / 12))
    color: "transparent"
    height: slot.size
    radius: slot.size / 4
    width: slot.size

    Text {
        color: Theme.ink
        font.pixelSize: Math.round(0.7 * slot.size)
        font.weight: 700
        height: slot.size
        horizontalAlignment: Text.AlignHCenter
        text: slot.letter
        textFormat: Text.PlainText
        verticalAlignment: Text.AlignVCenter
        width: slot.size
    }
}
