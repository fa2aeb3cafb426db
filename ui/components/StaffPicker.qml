pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../theme"

// Asks who acts: by badge, by name and PIN, or by name alone where the ward asks no more.
FocusScope {
    id: picker

    required property ScreenModel base
    // Over a part of the page: what it covers there does not shine through.
    property bool solid: false
    // The size of text that a patient chose is not the staff's.
    readonly property real chosen: Theme.role === "bedside" ? Theme.textScale : 1
    readonly property bool pin: picker.base.pinFor !== ""
    readonly property real room: picker.height - 2 * Theme.margin

    focus: true

    Component.onCompleted: picker.forceActiveFocus()
    Keys.onEscapePressed: {
        if (picker.pin)
            picker.base.backToNames();
        else
            picker.base.closePicker();
    }

    // What lies behind does not take touches meant for the picker.
    Rectangle {
        anchors.fill: parent
        color: Qt.alpha(Theme.paper, picker.solid ? 1 : 0.85)

        MouseArea {
            anchors.fill: parent

            onClicked: picker.base.closePicker()
        }
    }
    Card {
        id: card

        readonly property real inner: picker.pin ? pinPlace.implicitHeight : column.implicitHeight

        anchors.centerIn: parent
        height: Math.min(picker.room, card.inner + 2 * Theme.margin)
        objectName: "staffPicker"
        width: Math.min(parent.width - 2 * Theme.margin, Theme.length(Theme.portrait ? 940 : 900))

        MouseArea {
            anchors.fill: parent
        }
        Loader {
            id: pinPlace

            active: picker.pin
            anchors.fill: parent
            anchors.margins: Theme.margin
            focus: picker.pin

            sourceComponent: PinPad {
                base: picker.base
                focus: true
                wide: picker.width > 1.2 * picker.height || picker.height < 11 * Theme.touchStaff
            }
        }
        Column {
            id: column

            anchors.left: parent.left
            anchors.leftMargin: Theme.margin
            anchors.right: parent.right
            anchors.rightMargin: Theme.margin
            anchors.top: parent.top
            anchors.topMargin: Theme.margin
            spacing: 2 * Theme.grid
            visible: !picker.pin

            Label {
                id: title

                font.pixelSize: Math.round(Theme.sizeHeading / picker.chosen)
                font.weight: Theme.bold
                text: picker.base.whoLabels.title
                width: parent.width
                wrapMode: Text.Wrap
            }
            Label {
                id: hint

                color: picker.base.identityRefused ? Theme.ink : Theme.muted
                font.pixelSize: Math.round(Theme.sizeLabel / picker.chosen)
                font.weight: picker.base.identityRefused ? Theme.bold : Theme.regular
                objectName: "pickerHint"
                text: picker.base.identityText
                width: parent.width
                wrapMode: Text.Wrap
            }
            GridView {
                id: names

                readonly property int perRow: Math.max(1, Math.floor(width / Math.max(Theme.length(260), 10.5 * Theme.sizeLabel / picker.chosen)))
                readonly property real free: picker.room - 2 * Theme.margin - title.implicitHeight - hint.implicitHeight - foot.implicitHeight - 6 * Theme.grid

                boundsBehavior: Flickable.StopAtBounds
                cellHeight: Theme.touchStaff + 2 * Theme.grid
                cellWidth: Math.floor(width / perRow)
                clip: true
                focus: !picker.pin
                height: Math.max(names.cellHeight, Math.min(names.free, Math.ceil(count / perRow) * cellHeight))
                interactive: contentHeight > height
                keyNavigationEnabled: true
                model: picker.base.staff
                width: parent.width

                delegate: StaffName {
                    chosen: GridView.isCurrentItem && names.activeFocus
                    height: names.cellHeight
                    size: Math.round(Theme.sizeLabel / picker.chosen)
                    width: names.cellWidth

                    onTouched: picker.base.chooseStaff(key)
                }

                Keys.onEnterPressed: (names.currentItem as StaffName)?.touched()
                Keys.onReturnPressed: (names.currentItem as StaffName)?.touched()
                Keys.onSpacePressed: (names.currentItem as StaffName)?.touched()
            }
            Row {
                id: foot

                spacing: Theme.gap

                TouchButton {
                    kind: "quiet"
                    minimum: Theme.touchStaff
                    objectName: "staffNobody"
                    size: Math.round(Theme.sizeLabel / picker.chosen)
                    text: picker.base.whoLabels.station
                    // At the station itself no action is anonymous.
                    visible: !picker.base.proofRequired && picker.base.role !== "station"

                    onActivated: picker.base.chooseStaff("")
                }
                TouchButton {
                    kind: "quiet"
                    minimum: Theme.touchStaff
                    objectName: "staffCancel"
                    size: Math.round(Theme.sizeLabel / picker.chosen)
                    text: picker.base.whoLabels.cancel

                    onActivated: picker.base.closePicker()
                }
            }
        }
    }
}
