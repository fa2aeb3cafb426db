import QtQuick
import QtQuick.Shapes
import "../theme"

// A dashed outline: something that is not there, or not assessed.
Shape {
    id: frame

    property color color: Theme.dashed
    property real edge: Theme.edge
    property real radius: Theme.radiusSmall

    ShapePath {
        capStyle: ShapePath.FlatCap
        dashPattern: [3, 2.5]
        fillColor: "transparent"
        strokeColor: frame.color
        strokeStyle: ShapePath.DashLine
        strokeWidth: frame.edge

        PathRectangle {
            height: Math.max(0, frame.height - frame.edge)
            radius: frame.radius
            width: Math.max(0, frame.width - frame.edge)
            x: frame.edge / 2
            y: frame.edge / 2
        }
    }
}
