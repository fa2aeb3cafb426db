import QtQuick
import "../theme"

// A flat surface with a one-pixel line.
Rectangle {
    border.color: Theme.line
    border.width: Theme.hairline
    color: Theme.surface
    radius: Theme.radius
}
