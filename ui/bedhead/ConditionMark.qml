import QtQuick
import "../components"
import "../theme"

// 病危 or 病重: an outline and the word.
Rectangle {
    id: mark

    property string text
    property color ink: Theme.ink
    property real size: Theme.sizeBody

    border.color: mark.ink
    border.width: Theme.edge
    color: "transparent"
    height: word.implicitHeight + Math.round(0.5 * Theme.grid)
    radius: 1.5 * Theme.grid
    width: word.implicitWidth + 4 * Theme.grid

    Label {
        id: word

        anchors.centerIn: parent
        color: mark.ink
        font.pixelSize: mark.size
        font.weight: Theme.bold
        text: mark.text
    }
}
