pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "bedhead"
import "beds"
import "components"
import "theme"

// Read by somebody walking in: bed, level, name, what to mind, team, diet, drip.
Screen {
    id: root

    required property BedheadModel model
    readonly property bool portrait: root.height > root.width
    readonly property bool known: root.model.bedState === "known"
    // Silence: the bed's number alone.
    readonly property bool quiet: root.model.bedState === "quiet"
    readonly property bool elsewhere: root.model.elsewhere.priority !== ""
    readonly property real side: Math.round(4.5 * Theme.grid)
    readonly property real gap: 2 * Theme.grid

    base: root.model
    height: 1280
    identifyPlace: middle
    width: 800

    Item {
        id: stage

        anchors.fill: parent

        BedheadHead {
            id: head

            anchors.left: parent.left
            anchors.right: parent.right
            anchors.top: parent.top
            height: Math.round((root.portrait ? 0.1656 : 0.225) * stage.height)
            model: root.model
        }
        LevelStrip {
            id: strip

            chip: !root.portrait
            height: visible ? implicitHeight : 0
            model: root.model
            width: root.portrait ? stage.width : implicitWidth
            x: root.portrait ? 0 : stage.width - root.side - width
            y: root.portrait ? head.height : name.y + (name.height - height) / 2
            visible: root.known && root.model.lampPriority !== "" && root.model.levelText !== ""
        }
        BedMessage {
            anchors.left: parent.left
            anchors.leftMargin: root.side
            anchors.right: parent.right
            anchors.rightMargin: root.side
            anchors.verticalCenter: parent.verticalCenter
            anchors.verticalCenterOffset: (head.height - foot.height) / 2
            model: root.model
            room: foot.y - head.height - 2 * root.gap
            visible: !root.known && !root.quiet
        }
        NameRow {
            id: name

            anchors.left: parent.left
            anchors.leftMargin: root.side
            anchors.right: parent.right
            anchors.rightMargin: root.side + (strip.visible && strip.chip ? strip.width + 2 * root.gap : 0) + (!root.portrait && reach.visible ? reach.width + root.gap : 0)
            anchors.top: head.bottom
            anchors.topMargin: Theme.grid + (strip.visible && !strip.chip ? strip.height : 0)
            height: Math.round((root.portrait ? name.beside ? 0.117 : 0.15 : 0.17) * stage.height)
            model: root.model
            visible: root.known
        }
        // Below the name; beside it where the panel lies.
        ReachChips {
            id: reach

            anchors.right: parent.right
            anchors.rightMargin: root.side + (strip.visible && strip.chip ? strip.width + root.gap : 0)
            model: root.model
            visible: root.known && count > 0
            columns: root.portrait || count > 2 ? 2 : 1
            width: root.portrait ? stage.width - 2 * root.side : Math.round(0.22 * columns * stage.width)
            y: root.portrait ? name.y + name.height : Math.round(name.y + Math.max(0, (name.height - height) / 2))
        }
        Item {
            id: slots

            readonly property real cell: Math.floor((slots.width - root.gap) / 2)
            readonly property real room: foot.y - slots.y - root.gap
            readonly property real cellHeight: root.portrait ? Math.round(0.075 * stage.height) : Math.floor((slots.room - 2 * root.gap) / 3)

            anchors.left: parent.left
            anchors.leftMargin: root.side
            anchors.top: root.portrait && reach.visible ? reach.bottom : name.bottom
            anchors.topMargin: Theme.grid
            height: root.portrait ? 3 * slots.cellHeight + 2 * root.gap : slots.room
            visible: root.known
            width: root.portrait ? stage.width - 2 * root.side : Math.round(0.52 * (stage.width - 2 * root.side))

            Repeater {
                model: root.model.slots

                Precaution {
                    required property int index

                    height: slots.cellHeight
                    width: slots.cell
                    x: (index % 2) * (slots.cell + root.gap)
                    y: Math.floor(index / 2) * (slots.cellHeight + root.gap)
                }
            }
        }
        InfoCard {
            id: info

            height: drip.y - info.y - root.gap
            model: root.model
            // Where too much is to be said at once, who looks after the bed gives way first.
            visible: root.known && height > 1.3 * Theme.sizeHeading
            width: root.portrait ? slots.width : stage.width - 2 * root.side - slots.width - 1.5 * root.gap
            x: root.portrait ? root.side : stage.width - root.side - info.width
            y: root.portrait ? slots.y + slots.height + root.gap : slots.y
        }
        DripCard {
            id: drip

            compact: root.elsewhere
            drip: root.model.drip
            headlineSize: root.portrait ? Theme.sizeTitle : Theme.sizeHeading
            height: drip.needed
            padding: Math.round((root.portrait ? 3.5 : 1.75) * Theme.grid)
            title: root.model.dripTitle
            visible: root.known
            width: info.width
            x: info.x
            y: bar.y - root.gap - drip.height
        }
        // While somebody is marked present: the ward's next call, of another bed.
        ElsewhereBar {
            id: bar

            bed: root.model.elsewhere.bed
            height: visible ? implicitHeight : 0
            kind: root.model.elsewhere.kind
            lead: root.model.elsewhere.lead
            objectName: "elsewhere"
            priority: root.model.elsewhere.priority
            size: root.portrait ? Theme.sizeHeading : Theme.sizeLabel
            strong: root.model.elsewhere.strong
            visible: root.elsewhere
            width: info.width
            x: info.x
            y: visible ? foot.y - root.gap - height : foot.y
        }
        Item {
            id: middle

            anchors.bottom: foot.top
            anchors.left: parent.left
            anchors.right: parent.right
            anchors.top: head.bottom
            z: 1
        }
        Item {
            id: foot

            anchors.bottom: parent.bottom
            anchors.bottomMargin: Math.round(Theme.grid / 2)
            anchors.left: parent.left
            anchors.leftMargin: root.side
            anchors.right: parent.right
            anchors.rightMargin: root.side
            height: Math.max(asOf.implicitHeight, help.implicitHeight)
            visible: !root.quiet

            Label {
                id: asOf

                anchors.left: parent.left
                anchors.verticalCenter: parent.verticalCenter
                color: Theme.muted
                font.pixelSize: Theme.sizeSmall
                objectName: "asOf"
                tabular: true
                text: root.model.asOfText
                width: Math.min(implicitWidth, 0.44 * foot.width)
                wrapMode: Text.Wrap
            }
            Label {
                id: help

                readonly property bool calm: root.model.insideText === "" && !root.model.unitLost

                anchors.right: parent.right
                anchors.verticalCenter: parent.verticalCenter
                color: help.calm ? Theme.muted : Theme.ink
                font.pixelSize: Theme.sizeSmall
                font.weight: help.calm ? Theme.regular : Theme.semibold
                horizontalAlignment: Text.AlignRight
                objectName: "help"
                tabular: true
                // Whoever is there helps.
                text: root.model.insideText || root.model.helpText
                width: Math.min(implicitWidth, foot.width - asOf.width - 3 * Theme.grid)
                wrapMode: Text.Wrap
            }
        }
    }
    // While nobody has accepted the call the whole frame flashes with the head.
    LampFrame {
        anchors.fill: parent
        flashing: root.model.lampFlashing
        priority: root.model.lampPriority
        visible: root.model.lampPriority !== ""
    }
}
