pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// What a nurse sets for this patient: how to reach them, their PIN, silence.
ScrollArea {
    id: page

    required property SetupModel setup
    readonly property real gap: Theme.touchPatientGap
    readonly property int columns: Math.max(1, Math.floor((page.width + page.gap) / (12 * Theme.sizeSmall + page.gap)))
    readonly property real cell: Math.floor((page.width - (page.columns - 1) * page.gap) / page.columns)

    contentHeight: flow.implicitHeight

    Flow {
        id: flow

        spacing: page.gap
        width: page.width

        Repeater {
            model: page.setup.rows

            Tile {
                id: row

                required property string key
                required property string icon
                required text
                required tone

                flat: true
                height: implicitHeight
                iconName: row.icon
                objectName: "profile-" + row.key
                size: Theme.sizeSmall
                width: page.cell

                onTouched: page.setup.next(row.key)
            }
        }
        Tile {
            flat: true
            height: implicitHeight
            iconName: "dialpad"
            objectName: "setPin"
            size: Theme.sizeSmall
            text: page.setup.labels.pin
            width: page.cell

            onTouched: page.setup.setPin()
        }
        Tile {
            flat: true
            height: implicitHeight
            iconName: "backspace-outline"
            objectName: "clearPin"
            size: Theme.sizeSmall
            text: page.setup.labels.pin_clear
            tone: "quiet"
            visible: page.setup.hasPin
            width: page.cell

            onTouched: page.setup.clearPin()
        }
        // Silence: a reason first, then held. Neither happens by a stray touch.
        Label {
            font.pixelSize: Theme.sizeLabel
            font.weight: Theme.semibold
            text: page.setup.labels.silence
            topPadding: page.gap
            width: page.width
            wrapMode: Text.Wrap
        }
        Repeater {
            model: ["deceased", "wish"]

            Tile {
                id: reason

                required property string modelData

                flat: true
                height: implicitHeight
                objectName: "silence-" + reason.modelData
                size: Theme.sizeSmall
                text: page.setup.labels[reason.modelData]
                tone: page.setup.silenceReason === reason.modelData ? "chosen" : "quiet"
                width: page.cell

                onTouched: page.setup.chooseSilence(reason.modelData)
            }
        }
        HoldTile {
            height: implicitHeight
            iconName: "candle"
            objectName: "silenceHold"
            text: page.setup.holdText
            visible: text !== ""
            width: page.width

            onHeld: page.setup.silence()
        }
        Tile {
            flat: true
            height: implicitHeight
            objectName: "silenceCancel"
            size: Theme.sizeSmall
            text: page.setup.labels.cancel
            tone: "quiet"
            visible: page.setup.silenceReason !== ""
            width: page.cell

            onTouched: page.setup.chooseSilence("")
        }
    }
}
