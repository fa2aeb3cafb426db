pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Shapes
import "../components"
import "../theme"

// One plot: name and newest value left, the lines with their measured points, the range right.
Item {
    id: plot

    required property string key
    required property string label
    required property string unit
    required property string high
    required property string low
    required property string latest
    required property var lines
    required property var marks
    required property string empty
    property real nameWidth: Theme.length(118)
    property real scaleWidth: Theme.length(46)
    readonly property real inset: Theme.length(4)

    objectName: "plot-" + plot.key

    function points(flat: var): list<point> {
        const found = [];
        for (let i = 0; i + 1 < flat.length; i += 2)
            found.push(Qt.point(flat[i] * field.width, plot.inset + flat[i + 1] * (field.height - 2 * plot.inset)));
        return found;
    }

    Label {
        id: name

        color: Theme.muted
        elide: Text.ElideRight
        font.pixelSize: Theme.length(17)
        text: plot.label
        width: plot.nameWidth - Theme.grid
        y: Theme.length(4)
    }
    Label {
        anchors.top: name.bottom
        font.pixelSize: Theme.sizeLabel
        font.weight: Theme.bold
        tabular: true
        text: plot.latest
        width: plot.nameWidth - Theme.grid
    }
    Rectangle {
        id: field

        color: Theme.sunken
        height: plot.height
        width: plot.width - plot.nameWidth - plot.scaleWidth
        x: plot.nameWidth

        Repeater {
            model: plot.marks

            delegate: Rectangle {
                required property real modelData

                color: Theme.line
                height: field.height
                width: Theme.hairline
                x: modelData * field.width
            }
        }
        Repeater {
            model: plot.lines

            delegate: Item {
                id: line

                required property var modelData
                readonly property list<point> path: plot.points(line.modelData)

                anchors.fill: parent

                Shape {
                    anchors.fill: parent

                    ShapePath {
                        capStyle: ShapePath.RoundCap
                        fillColor: "transparent"
                        joinStyle: ShapePath.RoundJoin
                        strokeColor: Theme.ink
                        strokeWidth: Math.max(1, Theme.length(2))

                        PathPolyline {
                            path: line.path
                        }
                    }
                }
                Repeater {
                    model: line.path.length <= 48 ? line.path : []

                    delegate: Rectangle {
                        required property point modelData

                        color: Theme.ink
                        height: width
                        radius: width / 2
                        width: Theme.length(6)
                        x: modelData.x - width / 2
                        y: modelData.y - height / 2
                    }
                }
            }
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
