import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// Below the call on every page but home: back, and what belongs to the page before it.
Row {
    id: row

    required property BedsideModel model
    readonly property string pageName: row.model.page
    readonly property bool calling: row.pageName === "call"
    // A question that was answered is only left.
    readonly property bool asking: row.pageName === "question" && row.model.askedThanks === ""
    readonly property bool two: row.calling || row.pageName === "pin" || row.pageName === "care" && row.model.care.open || row.atWork || row.atTurns
    // What is done each hour is nearer than what is set once.
    readonly property bool atWork: row.pageName === "staff" && row.model.personal
    readonly property bool atTurns: row.pageName === "turns"
    readonly property real half: Math.floor((row.width - row.spacing) / 2)

    spacing: Theme.touchPatientGap

    Tile {
        fits: true
        flat: true
        height: row.height
        objectName: "mistake"
        size: Theme.sizeSmall
        text: row.model.call.mistake
        tone: "quiet"
        visible: row.calling && !row.model.call.mistakeSaid
        width: row.half

        onTouched: row.model.sayMistake()
    }
    Label {
        color: Theme.muted
        font.pixelSize: Theme.sizeSmall
        fontSizeMode: Text.Fit
        height: row.height
        minimumPixelSize: Math.round(0.6 * Theme.sizeSmall)
        objectName: "mistakeSaid"
        text: row.model.call.mistake
        visible: row.calling && row.model.call.mistakeSaid
        width: row.half
        wrapMode: Text.Wrap
    }
    Tile {
        enabled: row.model.pin.ready
        fits: true
        flat: true
        height: row.height
        iconName: "check"
        objectName: "pinConfirm"
        text: row.model.pin.confirmText
        tone: "chosen"
        visible: row.pageName === "pin"
        width: row.half

        onTouched: row.model.pin.confirm()
    }
    Tile {
        fits: true
        flat: true
        height: row.height
        iconName: "lock-outline"
        objectName: "careClose"
        text: row.model.labels.readingsClose
        tone: "chosen"
        visible: row.pageName === "care" && row.model.care.open
        width: row.half

        onTouched: row.model.closeLayer()
    }
    Tile {
        fits: true
        flat: true
        height: row.height
        iconName: "rotate-3d-variant"
        objectName: "openTurns"
        size: Theme.sizeSmall
        text: row.model.labels.turns
        tone: "chosen"
        visible: row.atWork
        width: row.half

        onTouched: row.model.show("turns")
    }
    Tile {
        fits: true
        flat: true
        height: row.height
        iconName: "account-cog-outline"
        objectName: "openSetup"
        text: row.model.labels.setup
        tone: "quiet"
        size: Theme.sizeSmall
        visible: row.atTurns
        width: row.half

        onTouched: row.model.show("setup")
    }
    Tile {
        fits: true
        flat: true
        height: row.height
        iconName: row.asking ? "clock-outline" : LayoutMirroring.enabled ? "arrow-right" : "arrow-left"
        objectName: "back"
        text: row.asking ? row.model.labels.askedLater : row.model.labels.back
        width: row.two ? row.half : row.width

        onTouched: row.model.back()
    }
}
