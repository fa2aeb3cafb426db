import QtQuick
import "../components"
import "../theme"

// One thing to be done: when, which bed, what, where it stands, and one verb.
Rectangle {
    id: line

    required property string key
    required property string time
    required property string bed
    required property string icon
    required property string title
    required property string who
    required property string status
    required property string verb
    required property string spoken
    required property bool undo
    required property bool late
    required property bool done
    // On a sheet the bed and the name stand above already.
    property bool alone: false

    signal touched

    Accessible.name: line.spoken
    Accessible.role: Accessible.ListItem
    border.color: Theme.line
    border.width: Theme.hairline
    color: line.done ? Theme.sunken : Theme.surface
    height: Math.max(Theme.touchStaff + Theme.grid, what.implicitHeight + status.implicitHeight + 1.25 * Theme.grid)
    objectName: "task-" + line.key
    radius: Theme.radiusSmall

    Rectangle {
        bottomLeftRadius: Theme.radiusSmall
        color: Theme.low
        height: parent.height
        topLeftRadius: Theme.radiusSmall
        visible: line.late
        width: Theme.grid
    }
    Label {
        id: time

        anchors.verticalCenter: parent.verticalCenter
        color: line.done ? Theme.muted : Theme.ink
        elide: Text.ElideRight
        font.weight: Theme.bold
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: Math.round(0.5 * Theme.sizeBody)
        tabular: true
        text: line.time
        width: Theme.length(84)
        x: 2 * Theme.grid
    }
    Label {
        id: bed

        anchors.left: time.right
        anchors.verticalCenter: parent.verticalCenter
        color: line.done ? Theme.muted : Theme.ink
        font.pixelSize: Theme.sizeTitle
        font.weight: Theme.black
        fontSizeMode: Text.HorizontalFit
        horizontalAlignment: Text.AlignRight
        minimumPixelSize: Math.round(0.4 * Theme.sizeTitle)
        tabular: true
        text: line.bed
        visible: !line.alone
        width: line.alone ? 0 : Theme.length(64)
    }
    Icon {
        id: mark

        anchors.left: bed.right
        anchors.leftMargin: line.alone ? Theme.grid : 1.5 * Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        color: line.done ? Theme.muted : Theme.ink
        name: line.done ? "check" : line.icon
        size: Theme.sizeHeading
    }
    Label {
        id: what

        anchors.left: mark.right
        anchors.leftMargin: 1.5 * Theme.grid
        anchors.right: act.visible ? act.left : parent.right
        anchors.rightMargin: Theme.grid
        color: line.done ? Theme.muted : Theme.ink
        elide: Text.ElideRight
        font.pixelSize: Theme.sizeLabel
        font.weight: line.done ? Theme.regular : Theme.bold
        objectName: "taskTitle"
        text: line.alone || line.who === "" ? line.title : line.who + " · " + line.title
        y: (line.height - height - (status.visible ? status.height : 0)) / 2
    }
    Label {
        id: status

        anchors.left: what.left
        anchors.right: what.right
        anchors.top: what.bottom
        color: line.late ? Theme.ink : Theme.muted
        elide: Text.ElideRight
        font.pixelSize: Theme.sizeSmall
        font.weight: line.late ? Theme.semibold : Theme.regular
        objectName: "taskStatus"
        tabular: true
        text: line.status
        visible: text !== ""
    }
    TouchButton {
        id: act

        anchors.right: parent.right
        anchors.rightMargin: Theme.grid / 2
        anchors.verticalCenter: parent.verticalCenter
        height: Theme.touchStaff
        kind: line.undo ? "bare" : "plain"
        objectName: "taskVerb-" + line.key
        text: line.verb
        visible: line.verb !== ""
        width: Math.min(implicitWidth, Theme.length(200))

        onActivated: line.touched()
    }
}
