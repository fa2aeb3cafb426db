import QtQuick
import "../theme"

// One glyph of the Material Design Icons font, by its name there ("bell-ring").
Text {
    id: icon

    property string name
    property real size: Theme.sizeHeading

    Accessible.ignored: true
    color: Theme.ink
    font.family: Theme.iconFamily
    font.pixelSize: icon.size
    height: icon.size
    horizontalAlignment: Text.AlignHCenter
    text: icon.name === "" ? "" : Theme.glyph(icon.name)
    textFormat: Text.PlainText
    verticalAlignment: Text.AlignVCenter
    width: icon.size
}
