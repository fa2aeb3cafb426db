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

            readonly property bool both: root.model.qrSide > 0
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
                    font.pixelSize: Math.min(0.19 * words.width, (root.patient ? 0.13 : 0.26) * root.page.height)
                    font.weight: Theme.bold
                    horizontalAlignment: Text.AlignHCenter
                    objectName: "pairingCode"
                    text: root.model.code
                    visible: root.model.code !== ""
                    width: parent.width
                }
                Label {
                    color: Theme.muted
                    font.pixelSize: root.saidSize
                    horizontalAlignment: Text.AlignHCenter
                    objectName: "pairingWhat"
                    text: root.model.what
                    width: parent.width
                    wrapMode: Text.Wrap
                }
                // What is believed from here on hangs on this: neither answer stands out.
                Row {
                    anchors.horizontalCenter: parent.horizontalCenter
                    spacing: root.gap
                    visible: root.model.yesVerb !== ""

                    TouchButton {
                        height: Math.max(implicitHeight, no.implicitHeight)
                        objectName: "pairingYes"
                        size: root.saidSize
                        text: root.model.yesVerb
                        width: (words.width - parent.spacing) / 2

                        onActivated: root.model.confirm(true)
                    }
                    TouchButton {
                        id: no

                        objectName: "pairingNo"
                        size: root.saidSize
                        text: root.model.noVerb
                        width: (words.width - parent.spacing) / 2

                        onActivated: root.model.confirm(false)
                    }
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
            // Dark on light by night too: readers take it no other way. Four modules of quiet around it.
            Rectangle {
                id: qr

                readonly property real room: root.portrait ? Math.min(0.6 * middle.width, 0.36 * root.page.height) : Math.min(middle.width - middle.half, (root.patient ? 0.42 : 0.8) * root.page.height)
                readonly property int module: Math.max(1, Math.floor(qr.room / (root.model.qrSide + 8)))

                color: Theme.codePaper
                height: width
                objectName: "pairingQr"
                visible: middle.both
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
