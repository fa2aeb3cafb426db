import QtQuick
import "../components"
import "../theme"

// The name of a part of the sheet.
Label {
    color: Theme.muted
    font.pixelSize: Theme.sizeSmall
    font.weight: Theme.bold
}
