pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Shapes
import "../theme"

// One line through its measured points; the points are drawn while they can be told apart.
Item {
    id: line

    // Points in pixels.
    property var path: []
    // The points alone are drawn where there must be no line.
    property bool lined: true

    visible: line.path.length > 0

    Shape {
        anchors.fill: parent
        visible: line.lined

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
        model: line.path.length <= 48 ? line.path : line.path.slice(-1)

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
