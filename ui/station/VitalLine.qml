pragma ComponentBehavior: Bound

import QtQuick
import "../theme"

// A reading with its time, and its last 24 hours on the same line.
Item {
    id: line

    required property string key
    required property string label
    required property string value
    required property string unit
    required property string time
    required property string status
    required property string part
    required property string high
    required property string low
    required property var second
    required property var marks
    required property string empty
    property real readingWidth: Theme.length(240)
    property var points: []
    property bool lined: true

    objectName: "vital-" + line.key

    Reading {
        height: line.height
        label: line.label
        part: line.part
        status: line.status
        time: line.time
        unit: line.unit
        value: line.value
        width: line.readingWidth - Theme.grid
    }
    TrendPlot {
        empty: line.empty
        height: line.height
        high: line.high
        line: line.points
        lined: line.lined
        low: line.low
        marks: line.marks
        second: line.second
        width: line.width - line.readingWidth
        x: line.readingWidth
    }
}
