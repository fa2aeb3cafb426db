import QtQuick
import SmartWard.Screen
import "../../../ui/components"
import "../../../ui/theme"

// Every shared component once, for the tests of this folder.
Screen {
    id: root

    required property ScreenModel model

    base: root.model
    height: 800
    title: "sample"
    width: 1280

    Flasher {
        id: flasher

        active: root.flashing
        priority: "high"
    }
    Column {
        anchors.fill: parent
        anchors.margins: Theme.margin
        spacing: Theme.gap

        Keys.onPressed: event => root.typed += event.text

        Label {
            font.pixelSize: Theme.sizeDisplay
            font.weight: Theme.bold
            objectName: "clock"
            tabular: true
            text: root.model.timeText
        }
        Row {
            spacing: Theme.gap

            TouchButton {
                height: Theme.touchPatient
                iconName: "bell-ring"
                kind: "primary"
                objectName: "first"
                stacked: true
                text: "Call nurse"
                width: 3 * Theme.touchPatient

                onActivated: root.touched += 1
            }
            TouchButton {
                iconName: "translate"
                objectName: "second"
                text: "中文"
            }
            TouchButton {
                enabled: false
                objectName: "third"
                text: "Rest"
            }
            HoldButton {
                holdMs: 300
                objectName: "hold"
                text: "I am here"
                visible: root.holding

                onActivated: root.held += 1
            }
        }
        Row {
            spacing: Theme.gap

            PrecautionSlot {
                mark: "敏"
                status: "present"
                word: "青霉素过敏"
            }
            PrecautionSlot {
                mark: "压"
                status: "not_assessed"
                word: "未评估"
            }
            PrecautionSlot {
                mark: "管"
                status: "absent"
            }
            PrecautionSlot {
                mark: "禁"
                status: "present"
            }
        }
        Card {
            height: 60
            width: 600

            Gauge {
                anchors.centerIn: parent
                value: 0.25
                width: 500
            }
        }
        LevelBar {
            height: 60
            levelColor: "#C2185B"
            mark: "一"
            width: 40
        }
        Label {
            elide: Text.ElideRight
            objectName: "narrow"
            text: "A text that is much longer than its place"
            width: 60
        }
        Label {
            height: 10
            objectName: "small"
            text: "A text that is higher than its place"
        }
        StalePlaceholder {
            lastText: "10:41"
        }
        Rectangle {
            border.color: Theme.high
            border.width: Theme.lampEdge
            color: Theme.highSoft
            height: 40
            objectName: "lamp"
            opacity: flasher.level
            width: 200
        }
    }
    readonly property int movingMs: Theme.moving
    property bool flashing: false
    property bool holding: false
    property int held: 0
    property int touched: 0
    // Keys that no button took.
    property string typed: ""
}
