pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "components"
import "theme"

// A screen that is nobody's yet: six characters that a person reads aloud or scans, and what to do
// with them. It has no patient, so nothing of it is private.
Screen {
    id: root

    required property PairingModel model
    // It was a bedside: a patient looks for the button.
    readonly property bool patient: root.model.patient.length > 0
    readonly property bool portrait: root.height > root.width
    readonly property real gap: Math.min(2 * Theme.grid, 0.025 * root.page.height)
    readonly property real inner: Math.min(Theme.margin, 0.05 * root.page.height)
    readonly property real titleSize: Math.min(Theme.sizeTitle, 0.075 * root.page.height, 0.065 * root.page.width)
    readonly property real textSize: Math.min(Theme.sizeBody, 0.042 * root.page.height, 0.045 * root.page.width)
    readonly property real smallSize: Math.max((root.patient ? 0.55 : 0.75) * root.textSize, Math.min(root.textSize, 14))
    // What is for whoever looks after the screens stands back where a patient reads as well.
    readonly property real saidSize: root.patient ? Math.max(0.65 * root.textSize, root.smallSize) : root.textSize

    base: root.model
    height: 800
    showBanner: false
    width: 1280

    Column {
        anchors.centerIn: parent
        spacing: (root.patient ? 1.5 : 2) * root.gap

        // Whoever lies here reads this first: there is no button, whatever was here yesterday.
        Column {
            id: help

            anchors.horizontalCenter: parent.horizontalCenter
            objectName: "pairingPatient"
            spacing: 0.5 * root.gap
            visible: root.patient
            width: middle.width

            Repeater {
                model: root.model.patient

                Label {
                    required property int index
                    required property string modelData

                    color: index === 0 ? Theme.ink : Theme.muted
                    font.pixelSize: index === 0 ? Math.min(root.titleSize, (root.portrait ? 0.055 : 0.034) * root.page.width) : 0.8 * root.textSize
                    font.weight: index === 0 ? Theme.bold : Theme.regular
                    horizontalAlignment: Text.AlignHCenter
                    objectName: "pairingPatient" + index
                    text: modelData
                    width: parent?.width ?? 0
                    wrapMode: Text.Wrap
                }
            }
        }
        Grid {
            id: middle

            readonly property bool both: root.model.qrSide > 0 || root.model.asksNumber
            readonly property real half: root.portrait || !middle.both ? middle.width : 0.6 * middle.width

            columnSpacing: 3 * root.gap
            columns: root.portrait || !middle.both ? 1 : 2
            horizontalItemAlignment: Grid.AlignHCenter
            rowSpacing: 2 * root.gap
            verticalItemAlignment: Grid.AlignVCenter
            width: Math.min(root.page.width - 2 * root.inner, Theme.length(1500))

            Column {
                id: words

                spacing: root.gap
                width: middle.half - (root.portrait || !middle.both ? 0 : middle.columnSpacing)

                Icon {
                    anchors.horizontalCenter: parent.horizontalCenter
                    color: Theme.muted
                    name: root.model.icon
                    size: Math.min(1.4 * Theme.sizeDisplay, 0.12 * root.page.height)
                    visible: root.model.code === ""
                }
                Label {
                    font.pixelSize: root.patient ? root.saidSize : root.titleSize
                    font.weight: Theme.bold
                    horizontalAlignment: Text.AlignHCenter
                    objectName: "pairingTitle"
                    text: root.model.title
                    width: parent.width
                    wrapMode: Text.Wrap
                }
                // Sized by its width alone: read at two metres, aloud, into a telephone.
                Label {
                    Accessible.name: root.model.code
                    font.features: ({
                            "tnum": 1
                        })
                    font.pixelSize: root.model.asksNumber ? Math.min(0.13 * words.width, 0.09 * root.page.height) : Math.min(0.19 * words.width, (root.patient ? 0.13 : 0.26) * root.page.height)
                    font.weight: Theme.bold
                    horizontalAlignment: Text.AlignHCenter
                    objectName: "pairingCode"
                    text: root.model.code
                    visible: root.model.code !== ""
                    width: parent.width
                }
                Label {
                    color: root.model.wrong ? Theme.ink : Theme.muted
                    font.pixelSize: root.saidSize
                    font.weight: root.model.wrong ? Theme.bold : Theme.regular
                    horizontalAlignment: Text.AlignHCenter
                    objectName: "pairingWhat"
                    text: root.model.what
                    width: parent.width
                    wrapMode: Text.Wrap
                }
                // It is no secret: whoever types it with gloves sees what became of each touch.
                Row {
                    anchors.horizontalCenter: parent.horizontalCenter
                    objectName: "pairingDigits"
                    spacing: Theme.grid
                    visible: root.model.asksNumber

                    Repeater {
                        model: root.model.digits

                        Rectangle {
                            id: digit

                            required property int index
                            required property string modelData

                            border.color: digit.modelData === " " ? Theme.dashed : Theme.ink
                            border.width: Theme.edge
                            color: Theme.surface
                            height: 1.25 * width
                            radius: Theme.radiusSmall
                            width: Math.min(0.8 * Theme.touchStaff, 0.09 * root.page.height)

                            Label {
                                anchors.centerIn: parent
                                font.pixelSize: Math.min(Theme.sizeTitle, 0.8 * digit.width)
                                font.weight: Theme.bold
                                objectName: "pairingDigit" + digit.index
                                tabular: true
                                text: digit.modelData.trim()
                            }
                        }
                    }
                }
                TouchButton {
                    anchors.horizontalCenter: parent.horizontalCenter
                    kind: "quiet"
                    objectName: "pairingNone"
                    size: root.saidSize
                    text: root.model.noneVerb
                    visible: root.model.asksNumber
                    width: Math.min(words.width, 15 * root.saidSize)

                    onActivated: root.model.deny()
                }
                Label {
                    font.pixelSize: root.saidSize
                    font.weight: Theme.semibold
                    horizontalAlignment: Text.AlignHCenter
                    objectName: "pairingCall"
                    text: root.model.call
                    visible: text !== ""
                    width: parent.width
                    wrapMode: Text.Wrap
                }
                Label {
                    color: Theme.muted
                    font.pixelSize: root.smallSize
                    horizontalAlignment: Text.AlignHCenter
                    objectName: "pairingAbout"
                    text: root.model.about
                    visible: text !== ""
                    width: parent.width
                    wrapMode: Text.WrapAnywhere
                }
            }
            // As large as a glove wants them, where the page has room.
            DigitKeys {
                id: keys

                readonly property real room: root.portrait ? (root.patient ? 0.36 : 0.4) * root.page.height : root.page.height - 2 * root.inner - (root.patient ? help.height + 1.5 * root.gap : 0)
                readonly property real place: root.portrait ? middle.width : middle.width - middle.half

                cellHeight: Math.max(Theme.touchStaff, Math.min(Theme.touchPatient, Math.floor((keys.room - 3 * keys.spacing) / 4)))
                cellWidth: Math.max(Theme.touchStaff, Math.min(1.5 * keys.cellHeight, Math.floor((keys.place - 2 * keys.spacing) / 3)))
                erasable: root.model.erasable
                eraseWord: root.model.whoLabels.erase
                focus: true
                objectName: "pairingKeys"
                okWord: root.model.whoLabels.ok
                prefix: "number-"
                ready: root.model.ready
                visible: root.model.asksNumber

                Keys.onPressed: event => keys.takeKey(event)
                onErased: root.model.eraseDigit()
                onSubmitted: root.model.submitNumber()
                onTyped: digit => root.model.typeDigit(digit)
                onVisibleChanged: if (keys.visible)
                    keys.forceActiveFocus()
            }
            // Dark on light by night too: readers take it no other way. Four modules of quiet around it.
            Rectangle {
                id: qr

                readonly property real room: root.portrait ? Math.min(0.6 * middle.width, (root.patient ? 0.31 : 0.36) * root.page.height) : Math.min(middle.width - middle.half, (root.patient ? 0.42 : 0.8) * root.page.height)
                readonly property int module: Math.max(1, Math.floor(qr.room / (root.model.qrSide + 8)))

                color: Theme.codePaper
                height: width
                objectName: "pairingQr"
                visible: root.model.qrSide > 0
                width: qr.module * (root.model.qrSide + 8)

                Repeater {
                    model: root.model.qrRuns

                    Rectangle {
                        id: run

                        required property list<int> modelData

                        color: Theme.codeInk
                        height: qr.module
                        width: qr.module * run.modelData[2]
                        x: qr.module * (4 + run.modelData[1])
                        y: qr.module * (4 + run.modelData[0])
                    }
                }
            }
        }
    }
}
