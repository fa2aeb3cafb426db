import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// The head: coloured by the nursing level; the call lamp while the bed calls.
Rectangle {
    id: head

    required property BedheadModel model
    readonly property bool lit: head.model.lampPriority !== ""
    readonly property bool plain: head.model.levelColor === ""
    // By night the level's colour keeps its hue and does not light up the room; a lamp does.
    readonly property color ground: head.plain ? Theme.sunken : Theme.night ? Qt.darker(head.model.levelColor, 1.8) : head.model.levelColor
    readonly property color ink: head.lit ? Theme.inkOnLamp(head.model.lampPriority) : head.plain ? Theme.ink : Theme.inkOn(head.ground)
    readonly property real side: Math.round(4.5 * Theme.grid)

    color: head.ground

    LampGround {
        anchors.fill: parent
        flashing: head.model.lampFlashing
        objectName: "lamp"
        priority: head.model.lampPriority
        visible: head.lit
    }
    FitLabel {
        id: number

        anchors.left: parent.left
        anchors.leftMargin: head.side
        color: head.ink
        font.weight: Theme.black
        height: parent.height
        objectName: "number"
        size: Theme.sizeHuge
        smallest: 0.5 * Theme.farSize
        tabular: true
        text: head.model.number
        verticalAlignment: Text.AlignVCenter
        width: Math.min(probe.implicitWidth + 2, (head.lit ? 0.36 : 0.4) * head.width)
        wrapMode: Text.NoWrap

        Label {
            id: probe

            font.pixelSize: Theme.sizeHuge
            font.weight: Theme.black
            text: number.text
            visible: false
        }
    }
    // Calm: the level and the condition.
    Item {
        id: level

        anchors.left: number.right
        anchors.leftMargin: 3 * Theme.grid
        anchors.right: clock.left
        anchors.rightMargin: 2 * Theme.grid
        height: parent.height
        visible: !head.lit

        Column {
            anchors.verticalCenter: parent.verticalCenter
            spacing: Math.round(Theme.grid / 2)
            width: parent.width

            FitLabel {
                color: head.ink
                font.weight: Theme.bold
                height: Math.min(implicitHeight, Math.round(0.64 * head.height))
                objectName: "level"
                size: Math.round(0.83 * Theme.farSize)
                smallest: Theme.sizeSmall
                text: head.model.levelText
                visible: text !== ""
                width: parent.width
            }
            ConditionMark {
                ink: head.ink
                objectName: "condition"
                size: Math.min(Theme.sizeTitle, Math.round(0.19 * head.height))
                text: head.model.conditionText
                visible: text !== ""
            }
        }
    }
    // Calling: what calls, and who is on the way.
    Item {
        id: call

        anchors.left: number.right
        anchors.leftMargin: 3 * Theme.grid
        anchors.right: clock.left
        anchors.rightMargin: 2 * Theme.grid
        height: parent.height
        visible: head.lit

        Column {
            anchors.verticalCenter: parent.verticalCenter
            spacing: Math.round(Theme.grid / 2)
            width: parent.width

            FitLabel {
                color: head.ink
                font.weight: Theme.bold
                height: Math.min(implicitHeight, Math.round(0.62 * head.height))
                objectName: "lampTitle"
                size: Math.round(0.83 * Theme.farSize)
                smallest: Theme.sizeSmall
                text: head.model.lampTitle
                width: parent.width
            }
            Row {
                spacing: Theme.grid
                width: parent.width

                Icon {
                    id: walker

                    anchors.verticalCenter: parent.verticalCenter
                    color: head.ink
                    name: "walk"
                    size: Theme.sizeTitle
                    visible: head.model.lampWalking
                }
                FitLabel {
                    color: head.ink
                    font.weight: Theme.semibold
                    height: Math.min(implicitHeight, Math.round(0.34 * head.height))
                    objectName: "lampText"
                    size: Theme.sizeHeading
                    smallest: 0.4 * Theme.sizeHeading
                    text: head.model.lampText
                    width: parent.width - (walker.visible ? walker.width + parent.spacing : 0)
                }
            }
        }
    }
    Column {
        id: clock

        anchors.right: parent.right
        anchors.rightMargin: head.side
        anchors.verticalCenter: parent.verticalCenter

        Icon {
            anchors.right: parent.right
            color: head.ink
            name: head.model.lampIcon
            size: Math.round(1.3 * Theme.sizeDisplay)
            visible: head.lit
        }
        Label {
            anchors.right: parent.right
            color: head.ink
            font.pixelSize: Theme.sizeDisplay
            font.weight: Theme.bold
            objectName: head.lit ? "lampElapsed" : "time"
            tabular: true
            text: head.lit ? head.model.lampElapsed : head.model.timeText
        }
        Label {
            anchors.right: parent.right
            color: head.ink
            font.pixelSize: Theme.sizeSmall
            objectName: "date"
            tabular: true
            text: head.model.dateText
            visible: !head.lit
            width: Math.min(implicitWidth, (Theme.portrait ? 0.18 : 0.3) * head.width)
            horizontalAlignment: Text.AlignRight
            wrapMode: Text.Wrap
        }
    }
}
