import QtQuick
import "../theme"

// A value that is too old to be shown: dashes, and when it was last known.
Row {
    id: place

    property string lastText
    property real size: Theme.sizeBody

    spacing: Theme.grid

    Label {
        anchors.baseline: last.baseline
        color: Theme.muted
        font.pixelSize: place.size
        text: "– –"
    }
    Label {
        id: last

        color: Theme.muted
        font.pixelSize: Math.max(Theme.sizeSmall, place.size * 0.7)
        tabular: true
        text: place.lastText
    }
}
