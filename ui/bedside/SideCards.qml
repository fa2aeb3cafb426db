import QtQuick
import SmartWard.Screen
import "../beds"
import "../theme"

// Beside the page and above the call: the drip, the truth about the call, or the PIN's last keys.
Item {
    id: side

    required property BedsideModel model
    readonly property string pageName: side.model.page
    readonly property bool calling: side.pageName === "call"
    property bool portrait: false
    // Large letters in a tall window have no room for the whole card.
    property bool brief: false
    // How high it may be.
    property real room: 0
    readonly property bool truthFits: !side.portrait && truth.implicitHeight <= side.room
    readonly property bool dripFits: side.portrait ? !side.brief : dripProbe.needed <= side.room
    readonly property bool dripFitsBriefly: dripProbe.needed - dripProbe.adviceHeight <= side.room
    readonly property real needed: dripCard.needed
    readonly property real pad: Math.round((Theme.textScale > 1.2 ? 1.25 : 2.5) * Theme.grid)

    DripCard {
        id: dripCard

        advice: side.model.drip.running
        anchors.left: parent.left
        anchors.right: parent.right
        barText: side.model.labels.dripLeft
        brief: !side.dripFits
        compact: !side.dripFits && !side.dripFitsBriefly
        drip: side.model.drip
        height: Math.max(needed, parent.height)
        // With no room even for the time alone it stands among the day's lines. Not by `visible`:
        // what is hidden has another height, and that would come and go.
        opacity: side.portrait || needed <= side.room + 1 ? 1 : 0
        padding: side.pad
        speaks: speakDrip.visible
        title: side.model.labels.drip
        visible: !side.calling && side.pageName !== "pin" && side.model.personal
    }
    SpeakArea {
        id: speakDrip

        label: side.model.labels.readAloud
        objectName: "readAloudDrip"
        visible: side.model.canReadAloud && dripCard.visible && (side.dripFits || side.dripFitsBriefly) && dripCard.height >= height + Theme.touchPatientGap
        width: parent.width

        onTouched: side.model.readAloud("drip")
    }
    DripCard {
        id: dripProbe

        advice: true
        barText: side.model.labels.dripLeft
        drip: side.model.drip
        padding: side.pad
        title: side.model.labels.drip
        visible: false
        width: parent.width
    }
    TruthCard {
        id: truth

        anchors.left: parent.left
        anchors.right: parent.right
        call: side.model.call
        height: Math.max(implicitHeight, parent.height)
        visible: side.calling && side.truthFits
    }
    Row {
        LayoutMirroring.enabled: false
        anchors.fill: parent
        spacing: Theme.touchPatientGap
        visible: side.pageName === "pin" && !side.portrait

        PinKey {
            height: parent.height
            key: "0"
            model: side.model
            width: Math.floor((side.width - parent.spacing) / 2)
        }
        PinKey {
            height: parent.height
            key: "erase"
            model: side.model
            width: Math.floor((side.width - parent.spacing) / 2)
        }
    }
}
