import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// The level's colour and word while the head above is a call lamp.
Rectangle {
    id: strip

    required property BedheadModel model
    // A strip across the screen, or a chip beside the name.
    property bool chip: false
    readonly property color ink: Theme.inkOn(strip.model.levelColor)

    color: strip.model.levelColor === "" ? "transparent" : strip.model.levelColor
    implicitHeight: words.height + Theme.grid
    implicitWidth: words.width + 2 * words.x
    radius: strip.chip ? Theme.radiusSmall : 0

    Row {
        id: words

        anchors.verticalCenter: parent.verticalCenter
        x: Math.round((strip.chip ? 2 : 4.5) * Theme.grid)
        spacing: 2 * Theme.grid

        Label {
            anchors.verticalCenter: parent.verticalCenter
            color: strip.ink
            font.pixelSize: Theme.sizeHeading
            font.weight: Theme.bold
            objectName: "levelBeside"
            text: strip.model.levelText
        }
        ConditionMark {
            anchors.verticalCenter: parent.verticalCenter
            ink: strip.ink
            objectName: "conditionBeside"
            text: strip.model.conditionText
            visible: text !== ""
        }
    }
}
