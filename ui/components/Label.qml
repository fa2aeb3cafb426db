import QtQuick
import "../theme"

// Every text of the screens: plain, in the theme's ink. `tabular` keeps figures of times in place.
// It begins where the page's language begins its lines, whatever script it is in itself.
Text {
    property bool tabular: false

    color: Theme.ink
    font.pixelSize: Theme.sizeBody
    horizontalAlignment: Text.AlignLeft
    lineHeight: Theme.tallScript ? 0.88 : 1
    textFormat: Text.PlainText
    verticalAlignment: Text.AlignVCenter

    // Few are: the others are spared a binding each.
    onTabularChanged: font.features = tabular ? Theme.tabular : ({})
}
