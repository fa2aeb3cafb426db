import QtQuick
import "../components"

// A text that takes smaller letters, down to `smallest`, before a word would be cut.
Label {
    id: label

    property real size: 0
    property real smallest: label.size / 2

    font.pixelSize: label.size
    fontSizeMode: Text.Fit
    minimumPixelSize: Math.max(1, Math.round(label.smallest))
    wrapMode: Text.WordWrap
}
