pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../theme"

// Asks for the PIN of `base.pinFor`: big digits for gloved fingers, dots for what was typed.
//
// It reads pinFor, pinLength, pinReady, identityText, identityRefused, identityBusy and whoLabels,
// and calls typePin, erasePin, submitPin and backToNames. Which digits were typed is known to the
// model alone. Keys: digits, Backspace, Enter; Escape goes to whoever holds the pad.
// `wide`: words and keys stand beside each other; else the keys below the words.
FocusScope {
    id: pad

    required property ScreenModel base
    property bool wide: false
    readonly property real space: Theme.grid
    // The size of text that a patient chose is not the staff's.
    readonly property real chosen: Theme.role === "bedside" ? Theme.textScale : 1
    readonly property real least: Theme.touchStaff
    readonly property real most: Math.round(1.6 * Theme.touchStaff)
    readonly property real keysWidth: pad.wide ? pad.width / 2 - 2 * pad.space : pad.width
    readonly property real keysHeight: pad.wide ? pad.height : pad.height - head.implicitHeight - 2 * pad.space
    readonly property real cell: Math.max(pad.least, Math.min(pad.most, Math.floor((pad.keysHeight - 3 * pad.space) / 4)))
    readonly property real cellWidth: Math.max(pad.least, Math.min(Math.round(1.6 * pad.cell), Math.floor((pad.keysWidth - 2 * pad.space) / 3)))

    implicitHeight: pad.wide ? Math.max(head.implicitHeight, 4 * pad.most + 3 * pad.space) : head.implicitHeight + 2 * pad.space + 4 * pad.most + 3 * pad.space
    implicitWidth: 3 * pad.most + 2 * pad.space

    Keys.onPressed: event => keys.takeKey(event)

    Column {
        id: head

        spacing: 1.5 * Theme.grid
        width: pad.wide ? pad.width - keys.width - 3 * Theme.grid : pad.width
        y: pad.wide ? Math.max(0, Math.round((pad.height - height) / 2)) : 0

        Label {
            font.pixelSize: Math.round(Theme.sizeHeading / pad.chosen)
            font.weight: Theme.bold
            objectName: "pinFor"
            text: pad.base.pinFor
            width: parent.width
            wrapMode: Text.Wrap
        }
        // One dot for each digit; four places say how many there are at least.
        Row {
            id: dots

            readonly property real size: Math.round(0.8 * Theme.sizeBody / pad.chosen)

            height: Math.round(1.5 * dots.size)
            objectName: "pinDots"
            spacing: Math.round(0.6 * dots.size)

            Repeater {
                model: Math.max(4, pad.base.pinLength)

                Rectangle {
                    id: dot

                    required property int index

                    anchors.verticalCenter: parent?.verticalCenter
                    border.color: Theme.dashed
                    border.width: dot.index < pad.base.pinLength ? 0 : Math.max(2, Theme.edge / 2)
                    color: dot.index < pad.base.pinLength ? Theme.ink : "transparent"
                    height: dots.size
                    radius: dots.size / 2
                    width: dots.size
                }
            }
        }
        Label {
            color: pad.base.identityRefused ? Theme.ink : Theme.muted
            font.pixelSize: Math.round(Theme.sizeLabel / pad.chosen)
            font.weight: pad.base.identityRefused ? Theme.bold : Theme.regular
            objectName: "identityText"
            text: pad.base.identityText
            width: parent.width
            wrapMode: Text.Wrap
        }
        TouchButton {
            iconName: pad.wide ? "" : "arrow-left"
            kind: "quiet"
            minimum: Theme.touchStaff
            objectName: "pinBack"
            size: Math.round(Theme.sizeLabel / pad.chosen)
            text: pad.base.whoLabels.back
            width: Math.min(implicitWidth, head.width)

            onActivated: pad.base.backToNames()
        }
    }
    DigitKeys {
        id: keys

        cellHeight: pad.cell
        cellWidth: pad.cellWidth
        digitSize: Math.round(Theme.sizeHeading / pad.chosen)
        enabled: !pad.base.identityBusy
        erasable: pad.base.pinLength > 0
        eraseWord: pad.base.whoLabels.erase
        objectName: "pinKeys"
        okWord: pad.base.whoLabels.ok
        ready: pad.base.pinReady
        spacing: pad.space
        wordSize: Math.round(Theme.sizeLabel / pad.chosen)
        x: pad.wide ? pad.width - width : Math.round((pad.width - width) / 2)
        y: pad.wide ? Math.max(0, Math.round((pad.height - height) / 2)) : head.height + 2 * pad.space

        onErased: pad.base.erasePin()
        onSubmitted: pad.base.submitPin()
        onTyped: digit => pad.base.typePin(digit)
    }
}
