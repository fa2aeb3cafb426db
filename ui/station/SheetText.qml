import QtQuick
import "../components"
import "../theme"

// A part of the sheet that is plain text.
Column {
    id: part

    property string title
    property string text

    spacing: Theme.grid / 4

    SheetTitle {
        text: part.title
    }
    Label {
        font.pixelSize: Theme.sizeLabel
        lineHeight: 1.1
        text: part.text
        width: parent.width
        wrapMode: Text.Wrap
    }
}
