import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// A bed without a name to show: free, or "please check" and why.
Column {
    id: message

    required property BedheadModel model
    // How high it may be.
    required property real room
    readonly property bool told: message.model.personText !== ""

    spacing: Math.min(2 * Theme.grid, 0.04 * message.room)

    Icon {
        color: Theme.muted
        name: message.model.bedState === "free" ? "bed-empty" : "alert-circle-outline"
        size: Math.min(Theme.sizeHuge * 0.7, 0.24 * message.room)
    }
    FitLabel {
        font.weight: Theme.bold
        height: Math.min(implicitHeight, 3 * Theme.sizeName, (message.told ? 0.34 : 0.5) * message.room)
        objectName: "message"
        size: Theme.sizeName
        smallest: 0.35 * Theme.sizeName
        text: message.model.name
        width: message.width
    }
    FitLabel {
        color: Theme.muted
        height: Math.min(implicitHeight, 0.3 * message.room)
        objectName: "messageDetail"
        size: Theme.sizeHeading
        smallest: 0.4 * Theme.sizeHeading
        text: message.model.personText
        visible: message.told
        width: message.width
        wrapMode: Text.Wrap
    }
}
