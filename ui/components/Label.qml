import QtQuick
import "../theme"

// Every text of the screens: plain, in the theme's ink. `tabular` keeps figures of times in place.
Text {
    property bool tabular: false

    color: Theme.ink
    font.features: tabular ? Theme.tabular : ({})
    font.pixelSize: Theme.sizeBody
    textFormat: Text.PlainText
    verticalAlignment: Text.AlignVCenter
}
