import QtQuick
import SmartWard.Screen
import "../beds"
import "../theme"

// How many calls have no place; framed like the most urgent of them.
Rectangle {
    id: cell

    required property CorridorModel model

    color: Theme.sunken
    radius: Theme.radius

    LampFrame {
        anchors.fill: parent
        border.width: Theme.lampEdge
        flashing: cell.model.moreFlashing
        priority: cell.model.morePriority
        radius: Theme.radius
    }
    FitLabel {
        fontSizeMode: Text.HorizontalFit
        anchors.left: parent.left
        anchors.leftMargin: 4 * Theme.grid
        anchors.right: parent.right
        anchors.rightMargin: 2 * Theme.grid
        font.weight: Theme.bold
        height: parent.height
        objectName: "more"
        size: Theme.farSize
        smallest: 0.7 * size
        tabular: true
        text: cell.model.moreText
        wrapMode: Text.NoWrap
    }
}
