import QtQuick
import "../components"
import "../theme"

// A receipt as a mark alone; the page's title says the last one in words.
Icon {
    id: mark

    required property string key
    required property string status
    required property string icon

    color: mark.status === "done" ? Theme.brand : mark.status === "late" ? Theme.ink : Theme.muted
    name: mark.icon
    objectName: "receipt-" + mark.key
    size: Math.round(1.3 * Theme.sizeSmall)
}
