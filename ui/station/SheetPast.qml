pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// Calls of the last hours that are closed: when, what, how it ended.
Column {
    id: part

    required property SheetModel sheet

    spacing: Theme.grid / 2
    visible: past.count > 0

    SheetTitle {
        text: qsTr("Earlier calls")
    }
    Repeater {
        id: past

        model: part.sheet.past

        delegate: Label {
            required property string key
            required property string time
            required property string title
            required property string end

            color: Theme.muted
            font.pixelSize: Theme.sizeLabel
            objectName: "past-" + key
            tabular: true
            text: time + "  " + title + " · " + end
            width: part.width
            wrapMode: Text.Wrap
        }
    }
}
