pragma ComponentBehavior: Bound

import QtQuick
import "../components"
import "../theme"

// Lines over 24 hours with their measured points, the range at the right edge.
Item {
    id: plot

    // x, y, x, y … in 0..1, y down.
    required property var line
    required property var second
    required property var marks
    required property string high
    required property string low
    required property string empty
    property real scaleWidth: Theme.length(46)
    property bool lined: true
    readonly property real inset: Theme.length(5)

    function points(flat: var): var {
        const found = [];
        for (let i = 0; i + 1 < flat.length; i += 2)
            found.push(Qt.point(flat[i] * (field.width - plot.inset), plot.inset + flat[i + 1] * (field.height - 2 * plot.inset)));
        return found;
    }

    Rectangle {
        id: field

        color: Theme.sunken
        height: plot.height
        radius: Theme.length(4)
        width: plot.width - plot.scaleWidth

        Repeater {
            model: plot.marks

            delegate: Rectangle {
                required property real modelData

                color: Theme.line
                height: field.height
                width: Theme.hairline
                x: modelData * (field.width - plot.inset)
            }
        }
        TrendLine {
            anchors.fill: parent
            lined: plot.lined
            path: plot.points(plot.line)
        }
        TrendLine {
            anchors.fill: parent
            lined: plot.lined
            path: plot.points(plot.second)
        }
        Label {
            anchors.centerIn: parent
            color: Theme.muted
            font.pixelSize: Theme.sizeSmall
            text: plot.empty
            visible: text !== ""
        }
    }
    Label {
        anchors.left: field.right
        anchors.leftMargin: Theme.grid / 2
        color: Theme.muted
        font.pixelSize: Theme.length(15)
        height: plot.height / 2
        tabular: true
        text: plot.high
        verticalAlignment: Text.AlignTop
    }
    Label {
        anchors.left: field.right
        anchors.leftMargin: Theme.grid / 2
        color: Theme.muted
        font.pixelSize: Theme.length(15)
        height: plot.height / 2
        tabular: true
        text: plot.low
        verticalAlignment: Text.AlignBottom
        y: plot.height / 2
    }
}
