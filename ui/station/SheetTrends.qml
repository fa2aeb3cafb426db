pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// The last 24 hours, one above the other on one time axis: what moves together is seen together.
Column {
    id: part

    required property SheetModel sheet
    readonly property real nameWidth: Theme.length(118)
    readonly property real scaleWidth: Theme.length(46)

    spacing: Theme.grid / 2

    SheetTitle {
        text: qsTr("Last 24 hours")
    }
    Repeater {
        model: part.sheet.plots

        delegate: TrendPlot {
            height: Theme.length(58)
            nameWidth: part.nameWidth
            scaleWidth: part.scaleWidth
            width: part.width
        }
    }
    Item {
        height: Theme.length(20)
        width: part.width

        Repeater {
            model: part.sheet.ticks

            delegate: Label {
                required property string key
                required property real at
                required property string label

                color: Theme.muted
                font.pixelSize: Theme.length(15)
                height: Theme.length(20)
                tabular: true
                text: label
                x: part.nameWidth + at * (part.width - part.nameWidth - part.scaleWidth) - implicitWidth / 2
            }
        }
    }
}
