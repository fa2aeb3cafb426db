import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// A bed without a name to show: free, or "please check" and why.
Column {
    id: message

    required property BedheadModel model

    spacing: 2 * Theme.grid

    Icon {
        color: Theme.muted
        name: message.model.bedState === "free" ? "bed-empty" : "alert-circle-outline"
        size: Theme.sizeHuge * 0.7
    }
    FitLabel {
        font.weight: Theme.bold
        height: Math.min(implicitHeight, 3 * Theme.sizeName)
        objectName: "message"
        size: Theme.sizeName
        smallest: 0.5 * Theme.sizeName
        text: message.model.name
        width: message.width
    }
    Label {
        color: Theme.muted
        font.pixelSize: Theme.sizeHeading
        objectName: "messageDetail"
        text: message.model.personText
        visible: text !== ""
        width: message.width
        wrapMode: Text.Wrap
    }
}
