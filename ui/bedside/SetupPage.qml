pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// What a nurse sets for this patient: how to reach them, their PIN, silence. Once a reason for silence
// is chosen there is nothing else, so that what is held lies below no edge.
ScrollArea {
    id: page

    required property SetupModel setup
    readonly property real gap: Theme.touchPatientGap
    readonly property int columns: Math.max(1, Math.floor((page.width + page.gap) / (12 * Theme.sizeSmall + page.gap)))
    readonly property bool silencing: page.setup.silenceReason !== ""
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
                visible: !page.silencing
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
            visible: !page.silencing
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
            visible: page.setup.hasPin && !page.silencing
            width: page.cell

            onTouched: page.setup.clearPin()
        }
        // Silence: a reason first, then held. Neither happens by a stray touch.
        Label {
            font.pixelSize: Theme.sizeLabel
            font.weight: Theme.semibold
            text: page.setup.labels.silence
            topPadding: page.gap
            visible: !page.silencing
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
                tone: "quiet"
                visible: !page.silencing
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
            visible: page.silencing
            width: page.cell

            onTouched: page.setup.chooseSilence("")
        }
    }
}
