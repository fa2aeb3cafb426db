import QtQuick
import "../beds"
import "../components"
import "../theme"

// One line of the card: what, and who or which.
Item {
    id: line

    required property string key
    required property string label
    required property string value
    property real column: 0
    readonly property real labelWidth: word.implicitWidth

    Label {
        id: word

        anchors.verticalCenter: parent.verticalCenter
        color: Theme.muted
        font.pixelSize: Theme.sizeHeading
        text: line.label
    }
    FitLabel {
        anchors.left: parent.left
        anchors.leftMargin: line.column + 3 * Theme.grid
        anchors.right: parent.right
        font.weight: Theme.semibold
        height: parent.height
        lineHeight: 0.95
        objectName: "info-" + line.key
        size: Theme.sizeHeading
        smallest: 0.4 * Theme.sizeHeading
        text: line.value
    }
}
